// Submitter, through the supervisor, to node 0: a piece of the report, please.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record AskReport(string Run, int Piece) : IWireMessage;
