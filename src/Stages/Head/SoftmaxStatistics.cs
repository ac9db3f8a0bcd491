// A shard's statistics of a micro-batch, in the making.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>float32 [5, b] as SoftmaxPart describes it. Disjoint samples may be put in at the same time.</summary>
internal sealed class SoftmaxStatistics(int samples)
{
    private const int Kinds = 5;

    private readonly float[] _values = new float[Kinds * samples];

    /// <summary>Takes over the sums of some of the samples.</summary>
    /// <param name="first">First of them.</param>
    /// <param name="state">Their forward pass.</param>
    /// <param name="activeWeight">Classes that their active rows stand for.</param>
    public void Put(int first, SoftmaxMicroBatch state, double activeWeight)
    {
        var sums = state.Sums!;
        float[][] kinds = [sums.Max, sums.Sum, state.Targets, sums.Weighted];
        for (var kind = 0; kind < kinds.Length; kind++)
        {
            kinds[kind].CopyTo(_values, (kind * samples) + first);
        }

        _values.AsSpan((kinds.Length * samples) + first, state.Samples).Fill((float)activeWeight);
    }

    /// <summary>The caller owns it.</summary>
    public Tensor ToTensor() => tensor(_values, [Kinds, samples]);
}
