// host:port, as seeds are written.
using System.Globalization;

namespace XClassFlow.Cluster.Membership;

/// <summary>Address of a node's control port.</summary>
internal readonly record struct SeedAddress(string Host, int Port)
{
    public static bool TryParse(string text, out SeedAddress address)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        var valid = host.Length > 0 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '[' or ']' or ':')
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;
        address = valid ? new SeedAddress(host, int.Parse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture)) : default;
        return valid;
    }

    public static SeedAddress Parse(string text) => TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not host:port");
}
