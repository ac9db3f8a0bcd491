// The samples of one group in one micro-batch, from their forward pass to the update.
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Head;

/// <summary>n samples that share A active rows. Owns its memory.</summary>
/// <param name="active">The group's active rows; borrowed.</param>
/// <param name="state">The samples' softmax; taken over.</param>
/// <param name="first">Place of the first one in the micro-batch.</param>
internal sealed unsafe class SampleGroup(ActiveRows active, SoftmaxMicroBatch state, int first) : IDisposable
{
    private NativeBuffer<float>? _coefficients;

    public ActiveRows Active => active;

    public SoftmaxMicroBatch State => state;

    public int First => first;

    public int Samples => state.Samples;

    /// <summary>float32 [n, D]; unit length with normalize on.</summary>
    public float* Embeddings => TensorMemory.FloatsOf(state.Embeddings);

    /// <summary>dLoss/dcos of every active row and sample, float32 [A, n]; after <see cref="Differentiate"/>.</summary>
    public float* Coefficients => _coefficients!.Pointer;

    /// <summary>From the kept exponentials to dLoss/dcos, which takes their place.</summary>
    /// <param name="chunks">First active row of every chunk, and how many.</param>
    /// <param name="factor">scale / B.</param>
    /// <param name="smoothing">epsilon.</param>
    public void Differentiate(IReadOnlyList<(int Start, int Count)> chunks, float factor, float smoothing)
    {
        _coefficients = new NativeBuffer<float>((long)active.Count * Samples);
        var share = (float)(smoothing / state.ActiveWeight);
        for (var chunk = 0; chunk < chunks.Count; chunk++)
        {
            var (start, count) = chunks[chunk];
            var (kept, max) = state.KeptOf(chunk)!.Value;
            var exponentials = TensorMemory.FloatsOf(kept);
            for (var i = 0; i < Samples; i++, exponentials += count)
            {
                var weight = factor * MathF.Exp(max[i] - state.LogSum[i]);
                var to = Coefficients + ((long)start * Samples) + i;
                for (var j = 0; j < count; j++, to += Samples)
                {
                    *to = (weight * exponentials[j]) - (factor * share * active.WeightOf(start + j));
                }
            }
        }

        for (var i = 0; i < Samples; i++)
        {
            if (state.ColumnOf(i) is >= 0 and var column)
            {
                Coefficients[((long)column * Samples) + i] -= factor * state.PullOf(i, smoothing);
            }
        }

        state.Forget();
    }

    public void Dispose()
    {
        state.Dispose();
        _coefficients?.Dispose();
    }
}
