// What LibTorch loaded, for the log and the report.
namespace XClassFlow.Stages.Torch;

/// <summary>The libtorch in use.</summary>
/// <param name="Folder">Folder that holds libtorch_cpu.</param>
/// <param name="Origin">Who chose the folder: configuration, environment, or the package beside the application.</param>
/// <param name="LibTorchVersion">Version that the folder states, or "unknown".</param>
/// <param name="TorchSharpVersion">Version of the managed binding.</param>
/// <param name="Adjusted">True when the system's libstdc++ was too old and an adjusted copy of TorchSharp's native library is in use.</param>
/// <param name="WrapperPath">TorchSharp's native library in use.</param>
/// <param name="Threads">Threads that one operation may use, at the time of loading.</param>
public sealed record LibTorchInfo(
    string Folder,
    string Origin,
    string LibTorchVersion,
    string TorchSharpVersion,
    bool Adjusted,
    string WrapperPath,
    int Threads)
{
    /// <summary>One line.</summary>
    public override string ToString() =>
        $"libtorch {LibTorchVersion} from {Folder} ({Origin}), TorchSharp {TorchSharpVersion}{(Adjusted ? " adjusted to this system's libstdc++" : "")}, {Threads} threads";
}
