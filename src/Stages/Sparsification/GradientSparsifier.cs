// One rank's sparsifier: turns segment gradients into short codes and keeps what it did not send.
using System.Globalization;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// Deep Gradient Compression (Lin et al., ICLR 2018): momentum correction, local clipping, selection of the k = ceil(ratio n) largest residuals of a segment, momentum-factor masking.
/// What rounding to half precision takes away stays in the residual too, so that at any time the sum of all gradients (with their momentum) is the sum of all that was sent and the
/// residual. The state of a segment is made with its first gradient. What a step that may yet be left out would change is worked out beside the state, and again in it once the step is
/// decided: that costs the gradient's memory meanwhile, the residual of the largest segment, and one pass. One thread at a time; owns its state.
/// </summary>
public sealed class GradientSparsifier : IDisposable
{
    private const string VelocityPrefix = "velocity.";
    private const string ResidualPrefix = "residual.";

    private readonly SparsifierSettings _settings;
    private readonly MomentumCorrection _correction;
    private readonly int _threads;
    private readonly double _largestNorm;
    private readonly TopMagnitudes _top;
    private readonly SortedDictionary<int, SegmentResidual> _segments = [];
    private Tensor? _foreseen;

    /// <param name="settings">Checked by the caller.</param>
    /// <param name="momentum">Momentum of the backbone's optimizer, applied here before values are selected.</param>
    /// <param name="nesterov">Whether that looks ahead.</param>
    /// <param name="ranks">R.</param>
    /// <param name="threads">Threads of one call, the caller's included.</param>
    public GradientSparsifier(SparsifierSettings settings, double momentum, bool nesterov, int ranks, int threads)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _correction = new MomentumCorrection((float)momentum, nesterov);
        _threads = threads;
        _top = new TopMagnitudes(threads);

        // The norm of a sum of R independent gradients of one size grows with the root of R (section 3.3 of the paper).
        _largestNorm = settings.ClipNorm / Math.Sqrt(ranks);
    }

    private bool HasVelocity => _correction.Momentum != 0;

    /// <summary>How many values of a segment are sent.</summary>
    /// <param name="length">n.</param>
    /// <param name="ratio">In (0, 1].</param>
    public int CountOf(long length, double ratio) => length <= _settings.DenseBelow ? (int)length : (int)Math.Clamp(Math.Ceiling(ratio * length), 1, length);

    /// <summary>Takes in a gradient and gives what the other ranks get to know of it.</summary>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="gradient">float32 [n], contiguous, CPU; stays the caller's and unchanged.</param>
    /// <param name="ratio">Share of the values that is sent, in (0, 1].</param>
    /// <param name="undecided">Whether the step may yet be left out: the state stays as it is until <see cref="Decide"/>, and the gradient's memory must not change until then.</param>
    /// <returns>uint8 [b], see <see cref="SparseGradients"/>; the caller's.</returns>
    public Tensor Compress(int segment, Tensor gradient, double ratio, bool undecided = false)
    {
        using var noGrad = no_grad();
        var state = StateOf(segment, gradient);
        var (factor, count) = ((float)ClipFactor(gradient), CountOf(state.Length, ratio));
        Tensor from;
        if (undecided)
        {
            state.Undecided = new UndecidedChange(gradient.alias().DetachFromDisposeScope(), factor, count);
            Foresee(state, gradient, factor, from = RoomToForesee(state.Length));
        }
        else
        {
            Accumulate(state, gradient, factor);
            from = state.Residual;
        }

        var indices = state.Indices(count);
        var values = state.Sent(count);
        Select(from, state.Length, indices, values);
        Tensor? code = null;
        SparseCode.Encode(state.Length, indices, values, _settings.Values, length => TensorMemory.SpanOf<byte>(code = empty(length, ScalarType.Byte)));
        if (!undecided)
        {
            TakeOut(state, count);
        }

        return code!;
    }

    /// <summary>Takes in a gradient and gives up everything that has waited, as it is: what stands between sparse steps and dense ones.</summary>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="gradient">As for <see cref="Compress"/>.</param>
    /// <param name="undecided">As for <see cref="Compress"/>; the gradient may change.</param>
    /// <returns>float32 [n]; the caller's. Residual and momentum are zero once the step is applied.</returns>
    public Tensor Flush(int segment, Tensor gradient, bool undecided = false)
    {
        using var noGrad = no_grad();
        var state = StateOf(segment, gradient);
        var all = empty(state.Length);
        Foresee(state, gradient, (float)ClipFactor(gradient), all);
        state.Undecided = new UndecidedChange(null, 1, state.Length);
        if (!undecided)
        {
            Settle(state, applied: true);
        }

        return all;
    }

    /// <summary>Ends what is undecided: the state becomes that after the step, or stays that before it.</summary>
    /// <param name="applied">Whether the step is applied.</param>
    public void Decide(bool applied)
    {
        foreach (var state in _segments.Values)
        {
            Settle(state, applied);
        }
    }

    /// <summary>State for checkpoints, in the order of the segments. Stays this object's.</summary>
    public IReadOnlyList<NamedTensor> NamedTensors() => [.. _segments.SelectMany(s => NamesOf(s.Key, s.Value))];

    /// <summary>Takes up the state of a checkpoint. Velocity without momentum in the settings is left out.</summary>
    /// <param name="source">By name; stays the caller's.</param>
    public void Load(IReadOnlyDictionary<string, Tensor> source)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in source.Where(t => t.Key.StartsWith(ResidualPrefix, StringComparison.Ordinal)))
        {
            var segment = int.Parse(name[ResidualPrefix.Length..], CultureInfo.InvariantCulture);
            var state = new SegmentResidual(tensor.shape[0], HasVelocity);
            if (_segments.Remove(segment, out var before))
            {
                before.Dispose();
            }

            _segments[segment] = state;
            state.Residual.copy_(tensor);
            if (source.TryGetValue(VelocityPrefix + name[ResidualPrefix.Length..], out var velocity))
            {
                state.Velocity?.copy_(velocity);
            }
        }
    }

    public void Dispose()
    {
        foreach (var state in _segments.Values)
        {
            state.Dispose();
        }

        _segments.Clear();
        _foreseen?.Dispose();
        _foreseen = null;
    }

    private static IEnumerable<NamedTensor> NamesOf(int segment, SegmentResidual state)
    {
        yield return new NamedTensor(string.Create(CultureInfo.InvariantCulture, $"{ResidualPrefix}{segment}"), state.Residual);
        if (state.Velocity is { } velocity)
        {
            yield return new NamedTensor(string.Create(CultureInfo.InvariantCulture, $"{VelocityPrefix}{segment}"), velocity);
        }
    }

    private SegmentResidual StateOf(int segment, Tensor gradient)
    {
        var length = gradient.shape[0];
        if (!_segments.TryGetValue(segment, out var state))
        {
            state = _segments[segment] = new SegmentResidual(length, HasVelocity);
        }

        if (state.Length != length)
        {
            throw new InvalidOperationException($"the gradient of segment {segment} has {length} values, its residual {state.Length}");
        }

        return state.Undecided is null ? state : throw new InvalidOperationException($"segment {segment} gets a gradient while it is undecided what becomes of the one before");
    }

    // Of the largest segment; one is compressed at a time.
    private Tensor RoomToForesee(int length)
    {
        if (_foreseen is null || _foreseen.shape[0] < length)
        {
            _foreseen?.Dispose();
            _foreseen = empty(length).DetachFromDisposeScope();
        }

        return _foreseen;
    }

    private void Settle(SegmentResidual state, bool applied)
    {
        using var change = state.Undecided;
        state.Undecided = null;
        if (change is null || !applied)
        {
            return;
        }

        if (change.Gradient is { } gradient)
        {
            Accumulate(state, gradient, change.Factor);
            TakeOut(state, change.Count);
        }
        else
        {
            state.ResidualValues.Clear();
            state.VelocityValues.Clear();
        }
    }

    private unsafe void Accumulate(SegmentResidual state, Tensor gradient, float factor)
    {
        var (g, u, v) = AddressesOf(state, gradient);
        IndexRanges.Run(state.Length, _threads, (_, from, to) => _correction.Accumulate((float*)g, (float*)u, (float*)v, from, to, factor));
        GC.KeepAlive(gradient);
    }

    private unsafe void Foresee(SegmentResidual state, Tensor gradient, float factor, Tensor result)
    {
        var (g, u, v) = AddressesOf(state, gradient);
        var r = TensorMemory.AddressOf(result);
        IndexRanges.Run(state.Length, _threads, (_, from, to) => _correction.Foresee((float*)g, (float*)u, (float*)v, (float*)r, from, to, factor));
        GC.KeepAlive(gradient);
        GC.KeepAlive(result);
    }

    private static (nint G, nint U, nint V) AddressesOf(SegmentResidual state, Tensor gradient)
        => (TensorMemory.AddressOf(gradient), state.Velocity is null ? 0 : TensorMemory.AddressOf(state.Velocity), TensorMemory.AddressOf(state.Residual));

    private double ClipFactor(Tensor gradient)
    {
        if (_largestNorm == 0)
        {
            return 1;
        }

        using var scope = NewDisposeScope();
        var norm = Math.Sqrt(gradient.SquaredNormOfAny());
        return double.IsFinite(norm) && norm > _largestNorm ? _largestNorm / norm : 1;
    }

    private unsafe void Select(Tensor from, int length, Span<int> indices, Span<float> values)
    {
        var residual = TensorMemory.SpanOf<float>(from)[..length];
        if (indices.Length == length)
        {
            residual.CopyTo(values);
            return;
        }

        _top.Select((float*)TensorMemory.AddressOf(from), length, indices.Length, indices);
        for (var i = 0; i < indices.Length; i++)
        {
            values[i] = residual[indices[i]];
        }
    }

    private void TakeOut(SegmentResidual state, int count)
    {
        var residual = state.ResidualValues;
        var velocity = state.VelocityValues;
        var indices = state.Indices(count);
        var sent = state.Sent(count);
        var all = count == residual.Length;

        // Values of a segment that is sent whole never wait, so their momentum is never stale.
        var mask = _settings.MomentumMasking && !all && !velocity.IsEmpty;
        for (var i = 0; i < sent.Length; i++)
        {
            var index = all ? i : indices[i];

            // An infinity is sent once; it must not come back as infinity - infinity.
            residual[index] = float.IsFinite(sent[i]) ? residual[index] - sent[i] : 0;
            if (mask)
            {
                velocity[index] = 0;
            }
        }
    }
}
