// Whole, sparse and automatic gradients on one line.
namespace XClassFlow.Cluster.Benchmarks;

/// <param name="Nodes">Local processes.</param>
/// <param name="Megabits">What each may send, megabits a second.</param>
/// <param name="Links">What joined the nodes.</param>
/// <param name="WholeSeconds">Length of a step with whole gradients.</param>
/// <param name="SparseSeconds">Length of a step with sparse ones.</param>
/// <param name="AutoSeconds">Length of a step with <c>auto</c>, after its trial.</param>
/// <param name="Sparse">Whether <c>auto</c> chose sparse ones; in the run whose step counts.</param>
/// <param name="TrialWholeMs">Median step with whole gradients in that run's trial.</param>
/// <param name="TrialSparseMs">The same with sparse ones.</param>
/// <param name="Slower">By which part <c>auto</c> is slower than the faster kind; below 0: it is faster, which is noise.</param>
/// <param name="ChoiceSlower">By which part what it chose is slower than the faster kind, by the steps of these two; 0 where it is the faster one.</param>
public sealed record GradientSweepRow(
    int Nodes,
    int Megabits,
    LadderLinks Links,
    double WholeSeconds,
    double SparseSeconds,
    double AutoSeconds,
    bool Sparse,
    double TrialWholeMs,
    double TrialSparseMs,
    double Slower,
    double ChoiceSlower);
