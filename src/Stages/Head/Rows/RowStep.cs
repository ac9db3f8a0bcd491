// The numbers of one update that are the same for all rows.
namespace XClassFlow.Stages.Head.Rows;

/// <summary>g = gradient + Decay w, v = Momentum v + g, w = w - Rate v.</summary>
/// <param name="Rate">Learning rate.</param>
/// <param name="Momentum">mu; 0 without momentum.</param>
/// <param name="Decay">lambda; 0 where there is none.</param>
internal readonly record struct RowStep(float Rate, float Momentum, float Decay);
