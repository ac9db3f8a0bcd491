// What xclassflow plan was asked.
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cluster.Training;

/// <param name="Configuration">The effective configuration.</param>
/// <param name="Nodes">Equal nodes that share the run.</param>
public sealed record PlanOptions(LoadedConfiguration Configuration, int Nodes = 1);
