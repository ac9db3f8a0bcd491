// One rank's sparsifier: turns segment gradients into short codes and keeps what it did not send.
using System.Globalization;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// Deep Gradient Compression (Lin et al., ICLR 2018): momentum correction, local clipping, selection of the k = ceil(ratio n) largest residuals of a segment, momentum-factor masking.
/// What rounding to half precision takes away stays in the residual too, so that at any time the sum of all gradients (with their momentum) is the sum of all that was sent and the
/// residual. The state of a segment is made with its first gradient. One thread at a time; owns its state.
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
    private int[] _indices = [];
    private float[] _values = [];

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
    /// <returns>uint8 [b], see <see cref="SparseGradients"/>; the caller's.</returns>
    public Tensor Compress(int segment, Tensor gradient, double ratio)
    {
        var state = Accumulate(segment, gradient);
        var count = CountOf(state.Length, ratio);
        if (_indices.Length < count)
        {
            _indices = new int[count];
            _values = new float[count];
        }

        var indices = _indices.AsSpan(0, count);
        var values = _values.AsSpan(0, count);
        Select(state, indices, values);
        Tensor? code = null;
        SparseCode.Encode(state.Length, indices, values, _settings.Values, length => TensorMemory.SpanOf<byte>(code = empty(length, ScalarType.Byte)));

        // Values of a segment that is sent whole never wait, so their momentum is never stale.
        Settle(state, indices, values, mask: _settings.MomentumMasking && count < state.Length);
        return code!;
    }

    /// <summary>Takes in a gradient and gives up everything that has waited, as it is: what stands between sparse steps and dense ones.</summary>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="gradient">As for <see cref="Compress"/>.</param>
    /// <returns>float32 [n]; the caller's. Residual and momentum are zero afterwards.</returns>
    public Tensor Flush(int segment, Tensor gradient)
    {
        using var noGrad = no_grad();
        var state = Accumulate(segment, gradient);
        var all = state.Residual.clone();
        state.ResidualValues.Clear();
        state.VelocityValues.Clear();
        return all;
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
    }

    private static IEnumerable<NamedTensor> NamesOf(int segment, SegmentResidual state)
    {
        yield return new NamedTensor(string.Create(CultureInfo.InvariantCulture, $"{ResidualPrefix}{segment}"), state.Residual);
        if (state.Velocity is { } velocity)
        {
            yield return new NamedTensor(string.Create(CultureInfo.InvariantCulture, $"{VelocityPrefix}{segment}"), velocity);
        }
    }

    private unsafe SegmentResidual Accumulate(int segment, Tensor gradient)
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

        var factor = (float)ClipFactor(gradient);
        var (g, v) = (TensorMemory.AddressOf(gradient), TensorMemory.AddressOf(state.Residual));
        var u = state.Velocity is null ? 0 : TensorMemory.AddressOf(state.Velocity);
        IndexRanges.Run(state.Length, _threads, (_, from, to) => _correction.Accumulate((float*)g, (float*)u, (float*)v, from, to, factor));
        GC.KeepAlive(gradient);
        return state;
    }

    private double ClipFactor(Tensor gradient)
    {
        if (_largestNorm == 0)
        {
            return 1;
        }

        using var scope = NewDisposeScope();
        var norm = Math.Sqrt(gradient.SquaredNorm());
        return norm > _largestNorm ? _largestNorm / norm : 1;
    }

    private unsafe void Select(SegmentResidual state, Span<int> indices, Span<float> values)
    {
        var residual = state.ResidualValues;
        if (indices.Length == residual.Length)
        {
            residual.CopyTo(values);
            return;
        }

        _top.Select((float*)TensorMemory.AddressOf(state.Residual), state.Length, indices.Length, indices);
        for (var i = 0; i < indices.Length; i++)
        {
            values[i] = residual[indices[i]];
        }
    }

    private static void Settle(SegmentResidual state, ReadOnlySpan<int> indices, ReadOnlySpan<float> sent, bool mask)
    {
        var residual = state.ResidualValues;
        var velocity = state.VelocityValues;
        var all = sent.Length == residual.Length;
        for (var i = 0; i < sent.Length; i++)
        {
            var index = all ? i : indices[i];

            // An infinity is sent once; it must not come back as infinity - infinity.
            residual[index] = float.IsFinite(sent[i]) ? residual[index] - sent[i] : 0;
            if (mask && !velocity.IsEmpty)
            {
                velocity[index] = 0;
            }
        }
    }
}
