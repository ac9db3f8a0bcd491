// One micro-batch against one chunk of rows: logits, and their exponentials in place.
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// b samples, C rows. Logits are z = scale cos + log(represents); the exponentials replace the cosines in the same memory, at the target times the margin's slope, as both products that
/// follow need them.
/// </summary>
/// <param name="settings">Head settings.</param>
/// <param name="active">The step's active rows.</param>
/// <param name="state">The micro-batch.</param>
/// <param name="tile">The rows.</param>
/// <param name="start">First active row of the chunk.</param>
internal readonly unsafe ref struct SoftmaxChunk(HeadSettings settings, ActiveRows active, SoftmaxMicroBatch state, SoftmaxTile tile, int start)
{
    private readonly float _scale = (float)settings.Scale;
    private readonly int _count = tile.Rows.Count;

    // Columns from here on stand for more than themselves.
    private readonly int _certain = active.Represents is null ? tile.Rows.Count : Math.Clamp(active.CertainRows - start, 0, tile.Rows.Count);

    private ReadOnlySpan<int> Targets => state.TargetsIn(start, _count);

    // Sampled rows of the chunk, and the first of them among all.
    private int Sampled => _count - _certain;

    private int FirstSampled => Math.Max(0, start - active.CertainRows);

    /// <summary>Forward: adds the chunk to the sums.</summary>
    /// <param name="logits">float32 [b, C]; overwritten with exp(z - max).</param>
    /// <param name="sums">The sums so far.</param>
    public void Add(Tensor logits, SoftmaxPartial sums)
    {
        Multiply(logits);
        var z = TensorMemory.FloatsOf(logits);
        NoteTargets(z);
        if (settings.LabelSmoothing > 0)
        {
            AddWeighted(z, sums.Weighted);
        }

        Correct(z);
        for (var i = 0; i < state.Samples; i++, z += _count)
        {
            sums.Raise(i, _scale * SoftmaxKernels.Max(z, _count));
            sums.Sum[i] += SoftmaxKernels.ExpSum(z, _count, _scale, -sums.Max[i]);
        }

        ApplySlopes(TensorMemory.FloatsOf(logits));
        sums.Attracted.addmm_(logits, tile.Unit, 1, 1);
        if (settings.LabelSmoothing > 0)
        {
            AddRows(sums.RowSum);
        }
    }

    /// <summary>The softmax again for the update, where it was not kept.</summary>
    /// <param name="probabilities">float32 [b, C]; overwritten with exp(z - log S).</param>
    public void Recompute(Tensor probabilities)
    {
        Multiply(probabilities);
        var z = TensorMemory.FloatsOf(probabilities);
        NoteTargets(z);
        Correct(z);
        for (var i = 0; i < state.Samples; i++)
        {
            SoftmaxKernels.ExpSum(z + ((long)i * _count), _count, _scale, -state.LogSum[i]);
        }

        ApplySlopes(z);
    }

    /// <summary>The part of dW that is not softmax: targets and label smoothing.</summary>
    /// <param name="gradient">float32 [C, D] with respect to unit rows; added to.</param>
    /// <param name="factor">scale / B.</param>
    public void AddTargets(float* gradient, float factor)
    {
        var smoothing = (float)settings.LabelSmoothing;
        var share = (float)(smoothing / state.ActiveWeight);
        var embeddings = TensorMemory.FloatsOf(state.Embeddings);
        foreach (var i in Targets)
        {
            var row = gradient + ((long)(state.ColumnOf(i) - start) * state.Width);
            SoftmaxKernels.AddScaled(row, embeddings + ((long)i * state.Width), -factor * state.PullOf(i, smoothing), state.Width);
        }

        if (smoothing > 0)
        {
            var sum = TensorMemory.FloatsOf(state.EmbeddingSum);
            for (var j = 0; j < _count; j++)
            {
                SoftmaxKernels.AddScaled(gradient + ((long)j * state.Width), sum, -factor * share * active.WeightOf(start + j), state.Width);
            }
        }
    }

    private void Multiply(Tensor logits)
    {
        using var transposed = tile.Unit.t();
        logits.addmm_(state.Embeddings, transposed, 0, 1);
    }

    // Puts log(represents) / scale on top of the cosines of sampled rows.
    private void Correct(float* z)
    {
        fixed (float* logs = active.LogRepresents)
        {
            for (var i = 0; i < state.Samples && Sampled > 0; i++)
            {
                SoftmaxKernels.AddScaled(z + ((long)i * _count) + _certain, logs + FirstSampled, 1 / _scale, Sampled);
            }
        }
    }

    private void AddWeighted(float* z, float[] sums)
    {
        fixed (float* represents = active.Represents)
        {
            for (var i = 0; i < state.Samples; i++, z += _count)
            {
                sums[i] += _scale * (SoftmaxKernels.Sum(z, _certain) + (Sampled > 0 ? Selection.Graph.RowKernels.Dot(z + _certain, represents + FirstSampled, Sampled) : 0));
            }
        }
    }

    // A target has its margin, and leaves its logit, slope and row with the micro-batch.
    private void NoteTargets(float* z)
    {
        var margin = new Margin(settings.Margin, settings.MarginSize);
        var unit = TensorMemory.FloatsOf(tile.Unit);
        foreach (var i in Targets)
        {
            var column = state.ColumnOf(i) - start;
            ref var cosine = ref z[((long)i * _count) + column];
            (cosine, state.Slopes[i]) = margin.Apply(cosine);
            state.Targets[i] = _scale * cosine;
            new Span<float>(unit + ((long)column * state.Width), state.Width).CopyTo(state.TargetRows.AsSpan(i * state.Width, state.Width));
        }
    }

    private void ApplySlopes(float* z)
    {
        foreach (var i in Targets)
        {
            z[((long)i * _count) + state.ColumnOf(i) - start] *= state.Slopes[i];
        }
    }

    private void AddRows(float[] sum)
    {
        var unit = TensorMemory.FloatsOf(tile.Unit);
        fixed (float* to = sum)
        {
            for (var j = 0; j < _count; j++)
            {
                SoftmaxKernels.AddScaled(to, unit + ((long)j * state.Width), active.WeightOf(start + j), state.Width);
            }
        }
    }
}
