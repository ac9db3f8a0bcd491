// How a class graph is built.
namespace XClassFlow.Stages.Selection.Graph;

public enum GraphMethod
{
    /// <summary>Exact for few classes, approximate for many.</summary>
    Auto,

    /// <summary>Every pair is compared: O(N^2 D).</summary>
    Exact,

    /// <summary>Parts and propagation: about O(N D).</summary>
    Approximate,
}
