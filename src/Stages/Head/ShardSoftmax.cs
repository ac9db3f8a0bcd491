// The sharded softmax cross-entropy of one step over one shard's active rows: forward, backward and update, streamed over chunks of rows.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// One step of one shard. With at most one chunk of active rows the rows are gathered once and the logits are kept; with more, each pass reads the rows
/// chunk by chunk and computes the logits again, so memory never exceeds weights + state + one chunk (online log-sum-exp).
/// b samples of a micro-batch over all ranks, A active rows, C rows of a chunk, D width.
/// </summary>
/// <remarks>
/// Formulas (the same as PartialFC's and Megatron's vocabulary-parallel cross entropy): with m, S, t over all shards,
/// loss = log S + m - t and dz = (exp(z - m)/S - onehot)/B; dW = dz' x stays here, dX = sum over shards of dz W.
/// Rows beyond <see cref="ActiveRows.CertainRows"/> stand for <c>Represents</c> classes each: log(Represents) is added to their logits (sampled softmax).
/// </remarks>
internal sealed class ShardSoftmax : IDisposable
{
    private readonly ClassWeights _weights;
    private readonly HeadSettings _settings;
    private readonly ActiveRows _active;
    private readonly long _step;
    private readonly int _globalBatch;
    private readonly List<SoftmaxMicroBatch> _done = [];
    private HeadTile? _resident;

    /// <param name="weights">The shard's rows; borrowed.</param>
    /// <param name="settings">Head settings.</param>
    /// <param name="active">The step's active rows; taken over.</param>
    /// <param name="step">The step.</param>
    /// <param name="globalBatch">B, samples of the step over all ranks and micro-batches.</param>
    public ShardSoftmax(ClassWeights weights, HeadSettings settings, ActiveRows active, long step, int globalBatch)
    {
        _weights = weights;
        _settings = settings;
        _active = active;
        _step = step;
        _globalBatch = globalBatch;
        if (IsResident)
        {
            _resident = ReadTile(0, active.Count, withMomentum: true).Keep();
        }
    }

    public ActiveRows Active => _active;

    private bool IsResident => _active.Count <= _settings.Chunk;

    private bool Smooths => _settings.LabelSmoothing > 0;

    private Margin Margin => new(_settings.Margin, _settings.MarginSize);

    /// <summary>Statistics float32 [4, b] of a micro-batch over this shard's active rows (see SoftmaxPart); the caller owns them and the state.</summary>
    /// <param name="embeddings">float32 [b, D], raw.</param>
    /// <param name="labels">Classes of the samples.</param>
    public (SoftmaxMicroBatch State, Tensor Statistics) Forward(Tensor embeddings, long[] labels)
    {
        using var scope = NewDisposeScope();
        var state = new SoftmaxMicroBatch(embeddings, _active.ColumnsOf(labels), _settings.Normalize);
        var b = embeddings.shape[0];
        var max = full(b, Scalars.Of(float.NegativeInfinity), ScalarType.Float32);
        var sum = zeros(b, ScalarType.Float32);
        var target = zeros(b, ScalarType.Float32);
        var weighted = zeros(b, ScalarType.Float32);
        foreach (var (start, count) in Chunks())
        {
            using var inner = NewDisposeScope();
            var tile = _resident ?? ReadTile(start, count, withMomentum: false);
            var (logits, targets) = Logits(state, tile, start, count);
            var chunkMax = maximum(max, logits.amax([1]));
            sum.mul_((max - chunkMax).exp().nan_to_num(0)).PlusInPlace((logits - chunkMax.unsqueeze(1)).exp_().sum(1));
            max.copy_(chunkMax);
            if (targets is not null)
            {
                target.index_copy_(0, targets.Samples, targets.Values);
            }

            if (Smooths)
            {
                weighted.PlusInPlace(WeightedSum(logits, start, count));
            }

            if (_resident is not null)
            {
                state.KeepLogits(logits, targets?.Slopes);
            }
        }

        state.Keep();
        return (state, stack([max, sum, target, weighted]).MoveToOuterDisposeScope());
    }

    /// <summary>This shard's part of dLoss/dX, float32 [b, D]; the caller owns it.</summary>
    /// <param name="state">What <see cref="Forward"/> gave; stays with this object until the step ends.</param>
    /// <param name="logSum">float32 [b]: log S + m over all shards.</param>
    /// <param name="activeWeight">Classes that all active rows of all shards stand for.</param>
    public Tensor Backward(SoftmaxMicroBatch state, Tensor logSum, double activeWeight)
    {
        _done.Add(state);
        state.Reduced(logSum, activeWeight);
        using var scope = NewDisposeScope();
        var gradient = zeros_like(state.Embeddings);
        foreach (var (start, count) in Chunks())
        {
            using var inner = NewDisposeScope();
            var tile = _resident ?? ReadTile(start, count, withMomentum: false);
            var dcos = CosineGradient(state, tile, start, count);
            gradient.addmm_(dcos, tile.Unit, 1, 1);
        }

        return state.ThroughNormalisation(gradient).MoveToOuterDisposeScope();
    }

    /// <summary>dW of the step from all micro-batches, and the update of the active rows, chunk by chunk.</summary>
    public void Update(double rate)
    {
        foreach (var (start, count) in Chunks())
        {
            using var scope = NewDisposeScope();
            var tile = _resident ?? ReadTile(start, count, withMomentum: true);
            var gradient = zeros_like(tile.Rows.Weight);
            foreach (var state in _done)
            {
                gradient.addmm_(CosineGradient(state, tile, start, count).t(), state.Embeddings, 1, 1);
            }

            _weights.Apply(tile.Rows, tile.ThroughNormalisation(gradient), rate, _step);
        }

        _weights.EndStep(_step, rate);
    }

    public void Dispose()
    {
        _resident?.Dispose();
        _resident = null;
        foreach (var state in _done)
        {
            state.Dispose();
        }

        _active.Dispose();
    }

    private IEnumerable<(int Start, int Count)> Chunks()
    {
        for (var start = 0; start < _active.Count; start += _settings.Chunk)
        {
            yield return (start, Math.Min(_settings.Chunk, _active.Count - start));
        }
    }

    private HeadTile ReadTile(int start, int count, bool withMomentum)
        => new(_weights.Read(_active.Rows.Slice(start, count), _step, withMomentum), _settings.Normalize);

    private (Tensor Logits, ChunkTargets? Targets) Logits(SoftmaxMicroBatch state, HeadTile tile, int start, int count)
    {
        var logits = state.Embeddings.mm(tile.Unit.t());
        var targets = state.TargetsIn(start, count);
        if (targets is not null)
        {
            var flat = logits.view(-1);
            var (value, slope) = Margin.Apply(flat.index_select(0, targets.Flat));
            flat.index_copy_(0, targets.Flat, value);
            targets = targets with { Values = value.Times(_settings.Scale), Slopes = slope };
        }

        logits.TimesInPlace(_settings.Scale);
        if (SampledIn(start, count) is { } sampled)
        {
            logits.narrow(1, sampled.Start, sampled.Count).PlusInPlace(Math.Log(_active.Represents));
        }

        return (logits, targets);
    }

    // dLoss/dcos [b, C]: softmax minus target distribution, over B, times the scale and, at the target, the margin's slope.
    private Tensor CosineGradient(SoftmaxMicroBatch state, HeadTile tile, int start, int count)
    {
        if (state.Gradient is { } kept)
        {
            return kept;
        }

        var (logits, slopes) = state.TakeLogits();
        var targets = state.TargetsIn(start, count);
        if (logits is null)
        {
            (logits, var computed) = Logits(state, tile, start, count);
            slopes = computed?.Slopes;
        }

        logits.sub_(state.LogSum!.unsqueeze(1)).exp_();
        var certain = 1 - _settings.LabelSmoothing;
        if (Smooths)
        {
            var share = _settings.LabelSmoothing / state.ActiveWeight;
            logits.MinusInPlace(share);
            if (SampledIn(start, count) is { } sampled)
            {
                logits.narrow(1, sampled.Start, sampled.Count).MinusInPlace(share * (_active.Represents - 1));
            }
        }

        if (targets is not null)
        {
            var flat = logits.view(-1);
            flat.index_copy_(0, targets.Flat, flat.index_select(0, targets.Flat).Minus(certain) * slopes!);
        }

        logits.TimesInPlace(_settings.Scale / _globalBatch);
        return _resident is null ? logits : state.KeepGradient(logits);
    }

    private Tensor WeightedSum(Tensor logits, int start, int count)
    {
        if (SampledIn(start, count) is not { } sampled)
        {
            return logits.sum(1);
        }

        var represents = _active.Represents;
        var far = logits.narrow(1, sampled.Start, sampled.Count).sum(1);
        return (logits.sum(1) - far).Plus(far.Minus(sampled.Count * Math.Log(represents)).Times(represents));
    }

    // The columns of a chunk that stand for more than themselves.
    private (int Start, int Count)? SampledIn(int start, int count)
    {
        var from = Math.Max(start, _active.CertainRows);
        return _active.Represents == 1 || from >= start + count ? null : (from - start, start + count - from);
    }
}
