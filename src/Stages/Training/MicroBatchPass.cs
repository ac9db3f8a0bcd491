// One micro-batch on its way through the backbone and back.
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// A micro-batch of a training step from its inputs until its gradient has gone through. It goes forward as far as segments are ready, each from a detached input, so that backward can go
/// segment by segment. Owns inputs, labels and activations. Belongs to the stage's thread.
/// </summary>
/// <param name="batch">Its tensors are taken over.</param>
/// <param name="segments">The backbone's.</param>
/// <param name="keep">Takes a tensor out of the current call.</param>
internal sealed class MicroBatchPass(InputBatch batch, IReadOnlyList<Segment> segments, Func<Tensor, Tensor> keep) : IDisposable
{
    private readonly List<SegmentActivations> _activations = [];
    private readonly Tensor _inputs = keep(batch.Inputs);
    private Tensor? _labels = keep(batch.Labels);

    /// <summary>Which one it is.</summary>
    public int MicroBatch => batch.MicroBatch;

    /// <summary>Whether the last segment has been computed.</summary>
    public bool IsThrough => _activations.Count == segments.Count;

    /// <summary>float32 [b, D], when it is through; stays this object's.</summary>
    public Tensor Output => _activations[^1].Output;

    /// <summary>Computes the next segments as long as they are ready.</summary>
    /// <param name="isReady">Whether a segment has the parameters of this step.</param>
    /// <returns>Whether the last one was computed now.</returns>
    public bool Forward(Func<int, bool> isReady)
    {
        if (IsThrough)
        {
            return false;
        }

        while (!IsThrough && isReady(_activations.Count))
        {
            var input = _activations.Count == 0 ? _inputs : keep(Output.detach().requires_grad_());
            _activations.Add(new SegmentActivations(input, keep(segments[_activations.Count].Forward(input))));
        }

        return IsThrough;
    }

    /// <summary>What goes to the head; once.</summary>
    public EmbeddingPart Embeddings()
    {
        var labels = _labels!;
        _labels = null;
        return new EmbeddingPart(batch.Step, batch.MicroBatch, batch.Plan, Output.detach(), labels);
    }

    /// <summary>Runs backward, last segment first, and frees what is behind.</summary>
    /// <param name="gradient">float32 [b, D]: of the output; in the caller's scope.</param>
    /// <param name="passed">Told of every segment that has its gradient, with the number of samples.</param>
    public void Backward(Tensor gradient, Action<int, int> passed)
    {
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            using var activation = _activations[i];
            if (activation.Output.requires_grad)
            {
                activation.Output.backward([gradient]);
            }

            gradient = i > 0 ? activation.Input.grad?.detach() ?? zeros_like(activation.Input) : gradient;
            passed(i, (int)activation.Input.shape[0]);
        }
    }

    public void Dispose()
    {
        _activations.ForEach(a => a.Dispose());
        _inputs.Dispose();
        _labels?.Dispose();
    }
}
