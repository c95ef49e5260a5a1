"""The classes of the scenes: names, and the numbers that stand for them in label maps."""

CLASSES = ("sky", "meadow", "road", "building", "tree", "pole", "car", "boulder", "pyramid", "sheep")
SKY, MEADOW, ROAD, BUILDING, TREE, POLE, CAR, BOULDER, PYRAMID, SHEEP = range(len(CLASSES))
THINGS = ("car", "boulder", "pyramid", "sheep")  # those that are counted
PAIR = ("boulder", "pyramid")  # those that look alike
