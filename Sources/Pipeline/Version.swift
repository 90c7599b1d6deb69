/// The program's version, as `--version` prints it and run manifests keep it.
public enum Version {
  public static let text = "0.1.0"
}
