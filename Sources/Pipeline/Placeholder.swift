import ByteSlices
