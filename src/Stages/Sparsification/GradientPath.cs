// How the backbone gradients of a step travel.
namespace XClassFlow.Stages.Sparsification;

/// <summary>Ways between ranks; the supervisor chooses one for all ranks and all segments of a step.</summary>
public enum GradientPath
{
    /// <summary>Whole gradients, all-reduced; the optimizer applies the momentum.</summary>
    Whole,

    /// <summary>The largest values, all-gathered; the momentum is in them.</summary>
    Sparse,

    /// <summary>Everything that waits after sparse steps, all-reduced; the momentum is in it. The step before whole ones.</summary>
    Flush,
}
