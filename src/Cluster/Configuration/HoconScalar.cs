// A text, a number, a switch or null: they are told apart when they are bound.
namespace XClassFlow.Cluster.Configuration;

/// <summary>A scalar.</summary>
/// <param name="Origin">File and line.</param>
/// <param name="Text">The text without quotes; null is the value <c>null</c>.</param>
/// <param name="Blank">The white space between two parts of a value: it counts only between scalars.</param>
internal sealed record HoconScalar(HoconOrigin Origin, string? Text, bool Blank = false) : HoconValue(Origin);
