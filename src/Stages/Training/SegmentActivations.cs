// What one segment remembers of a micro-batch until its gradient comes.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Input (detached, requires grad except for the first segment) and output of a segment. Owns both; the native graph hangs on the output.</summary>
internal sealed record SegmentActivations(Tensor Input, Tensor Output) : IDisposable
{
    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
    }
}
