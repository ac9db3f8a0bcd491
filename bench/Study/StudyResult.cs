// What a run of a study gave.
namespace XClassFlow.Bench.Study;

/// <summary>Result of one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Top1">Top-1 on the held-out samples, 0 to 1.</param>
/// <param name="CpuSeconds">Of the whole process.</param>
internal sealed record StudyResult(StudyRun Run, double Top1, double CpuSeconds);
