// A return of a run to its last good checkpoint.
namespace XClassFlow.Stages.Reporting;

/// <param name="Step">Updates made when the run was given up.</param>
/// <param name="ToStep">Updates of the checkpoint; those beyond were taken back.</param>
/// <param name="Why">The guard's words.</param>
public sealed record ReturnReport(long Step, long ToStep, string Why);
