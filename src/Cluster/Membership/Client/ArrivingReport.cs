// The report of a finished run, while its pieces arrive.
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Membership.Client;

/// <summary>Pieces may come in any order and more than once; of another number of pieces is another report, and begins anew. Mutable; belongs to the submitter.</summary>
internal sealed class ArrivingReport
{
    private byte[]?[]? _pieces;

    /// <summary>The first piece that is missing.</summary>
    public int Missing => _pieces is null ? 0 : Math.Max(0, Array.FindIndex(_pieces, p => p is null));

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="whole">The report, once it is whole.</param>
    /// <returns>Whether the piece is new.</returns>
    public bool Add(ReportPiece piece, out RunReport? whole)
    {
        whole = null;
        if (_pieces?.Length != piece.Pieces)
        {
            _pieces = new byte[]?[piece.Pieces];
        }

        if (_pieces[piece.Piece] is not null)
        {
            return false;
        }

        _pieces[piece.Piece] = piece.Data;
        if (Array.TrueForAll(_pieces, p => p is not null))
        {
            whole = RunReportFile.OfJson(ReportPieces.Join(_pieces!));
        }

        return true;
    }
}
