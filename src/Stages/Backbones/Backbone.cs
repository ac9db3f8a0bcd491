// The part of the model before the class-parallel head: a list of segments from a batch of samples to embeddings.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>
/// Takes pictures [b, C, H, W] or features [b, F], fp32, and gives raw embeddings [b, D]; the head normalises them. Starts in training mode.
/// Owns its segments. Not thread-safe: one thread at a time, in one call at a time.
/// </summary>
public abstract class Backbone : IDisposable
{
    private readonly List<Segment> segments = [];

    /// <param name="input">Shape of a sample.</param>
    /// <param name="width">Embedding width D.</param>
    protected Backbone(SampleShape input, int width)
    {
        Input = input;
        Width = width;
    }

    /// <summary>Shape of a sample.</summary>
    public SampleShape Input { get; }

    /// <summary>Embedding width D.</summary>
    public int Width { get; }

    /// <summary>First to last.</summary>
    public IReadOnlyList<Segment> Segments => segments;

    public long ParameterCount => segments.Sum(s => s.ParameterCount);

    /// <summary>True when an embedding in training depends on the other samples of its micro-batch, so that the number of micro-batches is part of the result.</summary>
    public bool UsesBatchStatistics { get; protected init; }

    /// <summary>Applies every segment in turn.</summary>
    /// <param name="input">[b, C, H, W] or [b, F] fp32; stays the caller's.</param>
    /// <returns>[b, D]; the caller's.</returns>
    public Tensor Forward(Tensor input)
    {
        var current = input;
        foreach (var segment in segments)
        {
            var next = segment.Forward(current);
            if (!ReferenceEquals(current, input))
            {
                current.Dispose();
            }

            current = next;
        }

        return current;
    }

    /// <summary>Training mode: layers with batch statistics use, and keep, those of the batch.</summary>
    public void Train() => segments.ForEach(s => s.Train(true));

    /// <summary>Evaluation mode: layers with batch statistics use the running ones.</summary>
    public void Eval() => segments.ForEach(s => s.Train(false));

    /// <summary>Moves every tensor; before training starts, because optimizers hold the parameters.</summary>
    public void To(Device device) => segments.ForEach(s => s.To(device));

    /// <summary>Everything a checkpoint holds, in a stable order with unique names.</summary>
    public IReadOnlyList<NamedTensor> NamedTensors() => [.. segments.SelectMany(s => s.NamedTensors())];

    /// <summary>The running statistics of all segments as one vector, in the order of <see cref="NamedTensors"/>.</summary>
    /// <returns>float32 [n]; the caller's.</returns>
    public Tensor FlatStatistics()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return cat([zeros(0), .. segments.SelectMany(s => s.NamedBuffers()).Select(b => b.Tensor.reshape(-1).to(ScalarType.Float32))]).MoveToOuterDisposeScope();
    }

    /// <summary>Replaces the running statistics.</summary>
    /// <param name="values">As <see cref="FlatStatistics"/> gives them; stays the caller's.</param>
    /// <exception cref="ArgumentException">Another number of values.</exception>
    public void LoadStatistics(Tensor values)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var buffers = segments.SelectMany(s => s.NamedBuffers()).Select(b => b.Tensor).ToArray();
        if (values.dim() != 1 || values.shape[0] != buffers.Sum(b => b.numel()))
        {
            throw new ArgumentException($"{values.numel()} values of statistics, the backbone has {buffers.Sum(b => b.numel())}", nameof(values));
        }

        var start = 0L;
        foreach (var buffer in buffers)
        {
            buffer.copy_(values.narrow(0, start, buffer.numel()).reshape(buffer.shape));
            start += buffer.numel();
        }
    }

    /// <summary>Copies a checkpoint's tensors into this backbone's; nothing is changed when one does not fit.</summary>
    /// <param name="source">By name; tensors stay the caller's, names of others are ignored.</param>
    /// <param name="where">The checkpoint's name, for messages.</param>
    /// <exception cref="UserErrorException">One is missing or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    public void Dispose()
    {
        segments.ForEach(s => s.Dispose());
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds the next segment; called by constructors.</summary>
    protected void Add(Segment segment) => segments.Add(segment);

    /// <summary>The error of an input that a backbone cannot take.</summary>
    protected static UserErrorException CannotTake(string type, SampleShape input, string instead) =>
        new($"a {type} cannot take samples of {input}", "backbone", instead);
}
