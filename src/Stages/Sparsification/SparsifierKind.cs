// How backbone gradients are made shorter on their way between ranks.
namespace XClassFlow.Stages.Sparsification;

/// <summary>Kinds of sparsification.</summary>
public enum SparsifierKind
{
    /// <summary>Whole gradients.</summary>
    None,

    /// <summary>Of every segment the values of largest magnitude; what is left waits (Deep Gradient Compression, ICLR 2018).</summary>
    TopK,
}
