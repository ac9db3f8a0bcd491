// One rule of a study.
namespace XClassFlow.Bench.Study;

/// <summary>A way to choose the active classes.</summary>
/// <param name="Name">Name in tables and pictures, and the start of its reports' names.</param>
/// <param name="Set">Overrides, "path=value".</param>
/// <param name="Full">Whether all classes take part: then it is run once per seed, without a budget.</param>
/// <param name="From">Smallest share it is run with: one set for the batch cannot be smaller than the batch's labels.</param>
internal sealed record StudyRule(string Name, string[] Set, bool Full = false, double From = 0);
