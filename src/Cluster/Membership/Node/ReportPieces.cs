// A report in pieces that fit into messages.
using System.IO.Compression;
using System.Text;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Cuts and joins the compressed JSON of a report.</summary>
internal static class ReportPieces
{
    private const int Size = 48_000;

    public static IReadOnlyList<byte[]> Cut(string json)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Encoding.UTF8.GetBytes(json));
        }

        return [.. bytes.ToArray().Chunk(Size)];
    }

    /// <exception cref="InvalidDataException">The pieces are not those of a report.</exception>
    public static string Join(IEnumerable<byte[]> pieces)
    {
        using var zip = new GZipStream(new MemoryStream([.. pieces.SelectMany(p => p)]), CompressionMode.Decompress);
        using var text = new StreamReader(zip, Encoding.UTF8);
        return text.ReadToEnd();
    }
}
