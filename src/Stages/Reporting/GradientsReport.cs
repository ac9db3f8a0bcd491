// How the backbone's gradients travelled.
namespace XClassFlow.Stages.Reporting;

/// <summary>Of a run whose gradients may be sparse.</summary>
/// <param name="Sparsifier">The kind of sparsification.</param>
/// <param name="SparseUpdates">Updates with sparse gradients.</param>
/// <param name="MeanRatio">Share of a segment's values that was asked for, on average over all updates; 1 where gradients were whole.</param>
/// <param name="Trials">What <c>auto</c> decided, first one first; null where it is off.</param>
public sealed record GradientsReport(string Sparsifier, long SparseUpdates, double MeanRatio, IReadOnlyList<GradientTrialReport>? Trials);
