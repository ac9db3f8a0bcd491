// Modules applied one after another.
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>
/// Like torch's Sequential, with names for its parts, and it lets go of intermediate results at once (the graph keeps those that backward needs).
/// Owns its parts.
/// </summary>
internal sealed class Chain(string name) : Module<Tensor, Tensor>(name)
{
    private readonly List<Module<Tensor, Tensor>> parts = [];

    /// <summary>Appends a module.</summary>
    public Chain Then(string partName, Module<Tensor, Tensor> module)
    {
        register_module(partName, module);
        parts.Add(module);
        return this;
    }

    /// <summary>Appends a module unless it is null.</summary>
    public Chain ThenIf(string partName, Module<Tensor, Tensor>? module) => module is null ? this : Then(partName, module);

    /// <returns>A new tensor, the caller's.</returns>
    public override Tensor forward(Tensor input)
    {
        var current = input;
        foreach (var module in parts)
        {
            var next = module.call(current);
            if (!ReferenceEquals(current, input) && !ReferenceEquals(current, next))
            {
                current.Dispose();
            }

            current = next;
        }

        return ReferenceEquals(current, input) ? input.alias() : current;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            parts.ForEach(m => m.Dispose());
        }

        base.Dispose(disposing);
    }
}
