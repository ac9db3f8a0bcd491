// Addresses of endpoints as text.
using System.Globalization;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>"host:port", an IPv6 address in brackets.</summary>
internal static class LaneAddress
{
    public static string Format(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    /// <exception cref="LaneException">It is no address.</exception>
    public static (string Host, int Port) Parse(string address)
    {
        var colon = address.LastIndexOf(':');
        return colon > 0 && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535
            ? (address[..colon].Trim('[', ']'), port)
            : throw new LaneException($"'{address}' is no address of a lane; it looks like host:port");
    }
}
