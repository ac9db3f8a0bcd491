// The activation functions that backbones offer.
namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>Kind of activation.</summary>
public enum ActivationKind
{
    Relu,

    /// <summary>Slope 0.1 below zero.</summary>
    LeakyRelu,

    /// <summary>Learned slope below zero, one per layer, from 0.25.</summary>
    Prelu,

    Silu,

    Gelu,
}
