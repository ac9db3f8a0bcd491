// One line of a memory plan.
namespace XClassFlow.Stages.Planning;

/// <summary>Memory of one kind in one process.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">How much, at most.</param>
/// <param name="Formula">Where the number comes from.</param>
/// <param name="PerClass">Whether it grows with the number of classes.</param>
public sealed record MemoryItem(string Name, long Bytes, string Formula, bool PerClass);
