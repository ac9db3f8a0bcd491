// The native libraries that LibTorch loaded, before TorchSharp's managed side has started.
namespace XClassFlow.Stages.Torch;

/// <summary>Loaded libraries; immutable but for the aliases.</summary>
/// <param name="folder">The libtorch.</param>
/// <param name="wrapper">Path of TorchSharp's native library in use.</param>
/// <param name="wrapperHandle">Its handle, never closed.</param>
/// <param name="adjusted">True when it is the adjusted copy.</param>
/// <param name="hasCuda">True when libtorch's CUDA part is among them.</param>
/// <param name="aliases">Keep TorchSharp's start from finding another libtorch; end when TorchSharp has started.</param>
internal sealed class NativeTorch(
    LibTorchFolder folder,
    string wrapper,
    nint wrapperHandle,
    bool adjusted,
    bool hasCuda,
    IReadOnlyList<IDisposable> aliases)
{
    private IReadOnlyList<IDisposable> pending = aliases;

    public LibTorchFolder Folder { get; } = folder;

    public string Wrapper { get; } = wrapper;

    public nint WrapperHandle { get; } = wrapperHandle;

    public bool Adjusted { get; } = adjusted;

    public bool HasCuda { get; } = hasCuda;

    /// <summary>Hands the aliases to the first caller, who disposes them; none to every other.</summary>
    public IReadOnlyList<IDisposable> ClaimAliases() => Interlocked.Exchange(ref pending, []);
}
