// What xclassflow cluster status shows.
namespace XClassFlow.Cluster.Membership;

/// <summary>The cluster as its supervisor sees it.</summary>
/// <param name="Supervisor">Address of the node that supervises.</param>
/// <param name="Phase">recovering, waiting, preparing, running, stopping or closing.</param>
/// <param name="Waiting">What it waits for; null: nothing.</param>
/// <param name="Run">Name of the run; null: none.</param>
/// <param name="Incarnation">Number of its layout; 0: none yet.</param>
/// <param name="Classes">N; 0: not known yet.</param>
/// <param name="Step">Updates done.</param>
/// <param name="Updates">Updates planned; 0: not known yet.</param>
/// <param name="SamplesPerSecond">Recent throughput on all nodes.</param>
/// <param name="Members">The nodes.</param>
public sealed record ClusterStatus(
    string Supervisor,
    string Phase,
    string? Waiting,
    string? Run,
    long Incarnation,
    long Classes,
    long Step,
    long Updates,
    double SamplesPerSecond,
    IReadOnlyList<MemberStatus> Members);
