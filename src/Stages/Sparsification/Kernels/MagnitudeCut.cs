// Where a selection by magnitude ends.
namespace XClassFlow.Stages.Sparsification;

/// <summary>The k largest are those with a key above <paramref name="Key"/>, and of those with just this key the first ones.</summary>
/// <param name="Key">See <see cref="Magnitude"/>.</param>
/// <param name="Ties">How many values of this key belong to the selection, lowest index first.</param>
internal readonly record struct MagnitudeCut(uint Key, int Ties);
