// What xclassflow replay was asked.
namespace XClassFlow.Cluster.Training;

/// <param name="Recording">The directory of the recording.</param>
/// <param name="Stage">Only this stage; null for all.</param>
/// <param name="Rank">Only this rank; null for all.</param>
/// <param name="Tolerance">The largest relative difference that counts as the same; 0 is bit for bit.</param>
public sealed record ReplayOptions(string Recording, string? Stage, int? Rank, double Tolerance);
