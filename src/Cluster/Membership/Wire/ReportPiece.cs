// A piece of the compressed report: a report with every loss is larger than a message may be.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record ReportPiece(string Run, int Piece, int Pieces, byte[] Data) : IWireMessage
{
    public void Check()
    {
        if (Pieces < 1 || Piece < 0 || Piece >= Pieces)
        {
            throw new FormatException("a piece outside its report");
        }
    }
}
