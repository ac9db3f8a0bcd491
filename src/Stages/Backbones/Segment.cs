// A part of a backbone whose gradients can travel as soon as its backward pass is done.
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones;

/// <summary>
/// A named module with its parameters in a stable order. Forward every segment from a detached input that requires grad; backward runs segment by segment, last first.
/// Owns the module and its tensors.
/// </summary>
public sealed class Segment : IDisposable
{
    private readonly Module<Tensor, Tensor> module;
    private readonly long[] inputShape;
    private readonly long[] outputShape;

    /// <param name="name">Prefix of the tensors' names.</param>
    /// <param name="module">Owned by the segment. Must not change its input nor return it.</param>
    /// <param name="inputShape">Shape of one sample going in: [C, H, W] or [F].</param>
    /// <param name="outputShape">Shape of one sample coming out.</param>
    public Segment(string name, Module<Tensor, Tensor> module, long[] inputShape, long[] outputShape)
    {
        Name = name;
        this.module = module;
        this.inputShape = inputShape;
        this.outputShape = outputShape;
        Parameters = [.. module.named_parameters().Select(p => p.parameter)];
    }

    public string Name { get; }

    /// <summary>Parameters in the order that flat gradients use; the segment's own.</summary>
    public IReadOnlyList<TorchSharp.Modules.Parameter> Parameters { get; private set; }

    /// <summary>Values in all parameters: the length of the flat gradient.</summary>
    public long ParameterCount => Parameters.Sum(p => p.numel());

    /// <summary>Shape of one sample going in: [C, H, W] or [F].</summary>
    public IReadOnlyList<long> InputShape => inputShape;

    /// <summary>Shape of one sample coming out: [C, H, W] or [D].</summary>
    public IReadOnlyList<long> OutputShape => outputShape;

    /// <summary>Computes the segment; records a graph where the thread's grad mode says so.</summary>
    /// <param name="input">[b, <see cref="InputShape"/>] fp32; stays the caller's.</param>
    /// <returns>[b, <see cref="OutputShape"/>]; the caller's.</returns>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public Tensor Forward(Tensor input)
    {
        if (input.dim() != inputShape.Length + 1 || !input.shape.AsSpan(1).SequenceEqual(inputShape))
        {
            throw new ArgumentException($"segment {Name} takes [b, {string.Join(", ", inputShape)}], not [{string.Join(", ", input.shape)}]", nameof(input));
        }

        return module.call(input);
    }

    /// <summary>
    /// The gradients that backward left, as one vector in parameter order; parameters without one count as zero. Clears them.
    /// </summary>
    /// <returns>[<see cref="ParameterCount"/>] fp32; the caller's.</returns>
    public Tensor TakeFlatGradient()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (Parameters.Count == 0)
        {
            return zeros(0).MoveToOuterDisposeScope();
        }

        var parts = Parameters.Select(p => p.grad is { } g ? g.reshape(-1) : zeros_like(p).reshape(-1)).ToArray();
        var flat = cat(parts).MoveToOuterDisposeScope();
        foreach (var parameter in Parameters)
        {
            parameter.grad = null;
        }

        return flat;
    }

    /// <summary>Parameters and buffers that a checkpoint holds; batch counters, which nothing reads, are left out.</summary>
    public IEnumerable<NamedTensor> NamedTensors() =>
        module.named_parameters().Select(p => new NamedTensor($"{Name}.{p.name}", p.parameter)).Concat(NamedBuffers());

    /// <summary>Running statistics: the buffers of <see cref="NamedTensors"/>.</summary>
    public IEnumerable<NamedTensor> NamedBuffers() =>
        module.named_buffers().Where(b => b.buffer.is_floating_point()).Select(b => new NamedTensor($"{Name}.{b.name}", b.buffer));

    /// <summary>Training mode (statistics of the batch) or evaluation mode (running statistics).</summary>
    internal void Train(bool on) => module.train(on);

    /// <summary>Moves parameters and buffers; <see cref="Parameters"/> are new objects afterwards.</summary>
    internal void To(Device device)
    {
        module.to(device);
        Parameters = [.. module.named_parameters().Select(p => p.parameter)];
    }

    public void Dispose() => module.Dispose();
}
