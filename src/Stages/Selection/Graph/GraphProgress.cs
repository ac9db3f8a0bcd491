// How far the building of a class graph is.
namespace XClassFlow.Stages.Selection.Graph;

/// <param name="Phase">What is being done.</param>
/// <param name="Share">How much of the phase, 0 to 1.</param>
/// <param name="Seconds">Since the beginning of the build.</param>
internal readonly record struct GraphProgress(string Phase, double Share, double Seconds);
