// The result of choosing a shard's active rows.
namespace XClassFlow.Stages.Selection;

/// <summary>Chosen rows of a shard.</summary>
/// <param name="Rows">Local rows, each once; labels of the batch first, then neighbours, then sampled ones.</param>
/// <param name="LabelRows">How many are labels.</param>
/// <param name="CertainRows">How many (labels and neighbours) stand for themselves.</param>
/// <param name="Represents">Classes that each sampled row stands for; null where uncorrected.</param>
internal sealed record Selection(long[] Rows, int LabelRows, int CertainRows, float[]? Represents);
