// One step's place in the trials of `auto`.
namespace XClassFlow.Stages.Sparsification;

/// <summary>What a trial plans for a step, and needs back when the step has been measured.</summary>
/// <param name="Sparse">Whether gradients are sparse.</param>
/// <param name="Trial">Number of the trial that the step belongs to; 0: none.</param>
/// <param name="Counts">Whether its time does.</param>
internal readonly record struct SparsificationTurn(bool Sparse, int Trial = 0, bool Counts = false);
