print("returnmill")
