// Compares what a replayed stage sends with what was recorded.
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Replay;

/// <summary>A tap on a replayed stage. Stops at the first difference.</summary>
internal sealed class OutputComparison : IFlowTap, IDisposable
{
    private readonly StageAddress _address;
    private readonly double _tolerance;
    private readonly bool _complete;
    private readonly Dictionary<string, IEnumerator<RecordedMessage>> _expected = [];
    private readonly Dictionary<string, long> _lastStep = [];
    private long _messages;

    public OutputComparison(StageAddress address, RecordingReader recording, HashSet<string> edges, double tolerance)
    {
        _address = address;
        _tolerance = tolerance;
        _complete = recording.Complete;
        foreach (var edge in edges.Where(e => e[..e.LastIndexOf('.')] == address.Group))
        {
            _expected[edge] = recording.Messages(edge).Where(m => m.Source == address.Index).GetEnumerator();
        }
    }

    public string? Difference { get; private set; }

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
        var edge = $"{from.Group}.{outlet}";
        if (Difference is not null || !_expected.TryGetValue(edge, out var expected))
        {
            return;
        }

        if (!expected.MoveNext())
        {
            // A recording may end before the run did: with a step, or anywhere where the run failed.
            Difference = !_complete || message.Step > _lastStep.GetValueOrDefault(edge, -1) ? null : $"{Name(edge, message)}: sent, but nothing more was recorded";
            return;
        }

        _messages++;
        _lastStep[edge] = expected.Current.Step;
        Difference = Compare(message, destination, expected.Current) is { } what ? $"{Name(edge, message)}: {what}" : null;
    }

    /// <summary>The outcome when the stage has nothing more to do. What a complete recording holds must have been sent.</summary>
    public StageComparison Result()
    {
        foreach (var (edge, expected) in _expected)
        {
            if (Difference is null && _complete && expected.MoveNext())
            {
                Difference = $"{edge} step {expected.Current.Step} micro-batch {expected.Current.MicroBatch}: recorded, but not sent";
            }
        }

        return new StageComparison(_address, _messages, Difference);
    }

    /// <summary>The outcome when the stage failed.</summary>
    public StageComparison Failed(StageException failure) => new(_address, _messages, Difference ?? failure.Message);

    public void Dispose()
    {
        foreach (var enumerator in _expected.Values)
        {
            enumerator.Dispose();
        }
    }

    private static string Name(string edge, Message message) => $"{edge} step {message.Step} micro-batch {message.MicroBatch}";

    private string? Compare(Message message, int destination, RecordedMessage expected)
    {
        var codec = MessageCodec.Of(message.GetType());
        if (message.Step != expected.Step || message.MicroBatch != expected.MicroBatch || destination != expected.Destination)
        {
            return $"recorded was step {expected.Step} micro-batch {expected.MicroBatch} to {expected.Destination}";
        }

        var sent = codec.NamedTensors(message).ToArray();
        if (expected.Tensors.FirstOrDefault(t => !Array.Exists(sent, s => s.Name == t.Name)) is { } missing)
        {
            return $"{missing.Name} is missing, it was recorded";
        }

        foreach (var (name, tensor) in sent)
        {
            if (CompareTensor(name, tensor, expected) is { } difference)
            {
                return difference;
            }
        }

        return CompareScalars(codec.Scalars(message), expected.ScalarsJson);
    }

    private string? CompareTensor(string name, Tensor tensor, RecordedMessage expected)
    {
        if (expected.Tensors.FirstOrDefault(t => t.Name == name) is not { } block)
        {
            return $"{name} was not recorded";
        }

        using var scope = NewDisposeScope();
        var recorded = TensorMemory.CopyOf(block);
        if (recorded.dtype != tensor.dtype || !recorded.shape.AsSpan().SequenceEqual(tensor.shape))
        {
            return $"{name} is {tensor.dtype} [{string.Join(", ", tensor.shape)}], recorded was {recorded.dtype} [{string.Join(", ", recorded.shape)}]";
        }

        if (tensor.numel() == 0)
        {
            return null;
        }

        var (a, b) = (tensor.to(ScalarType.Float64), recorded.to(ScalarType.Float64));
        var difference = (a - b).abs().nan_to_num(0).max().item<double>();
        var sameNaN = a.isnan().eq(b.isnan()).all().item<bool>();
        var size = b.abs().nan_to_num(0).max().item<double>();
        return sameNaN && difference <= _tolerance * Math.Max(size, 1e-30)
            ? null
            : $"{name} differs by at most {difference:g3} (largest value {size:g3}, relative {difference / Math.Max(size, 1e-30):g3})";
    }

    private string? CompareScalars(string actual, string expected)
    {
        var (a, b) = (ScalarFields.Of(actual), ScalarFields.Of(expected));
        foreach (var (name, value) in b)
        {
            if (!a.TryGetValue(name, out var sent) || !ScalarFields.Same(sent, value, _tolerance))
            {
                return $"{name} is {sent}, recorded was {value}";
            }
        }

        return null;
    }
}
