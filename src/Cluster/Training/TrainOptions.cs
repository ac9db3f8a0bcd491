// What xclassflow train was asked.
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cluster.Training;

/// <param name="Configuration">The effective configuration.</param>
/// <param name="Checkpoint">The directory of checkpoints; null leaves it to the configuration.</param>
/// <param name="Resume">Continue from the last checkpoint, where there is one.</param>
/// <param name="ReportLosses">Keep every step's loss for the report.</param>
public sealed record TrainOptions(LoadedConfiguration Configuration, string? Checkpoint, bool Resume, bool ReportLosses);
