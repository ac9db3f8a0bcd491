// The bytes of the cluster's shared secret.
using System.Text;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Security;

/// <summary>Reads the shared secret from where the settings say it is.</summary>
public static class SharedSecret
{
    /// <summary>Fewest bytes; shorter ones can be guessed from one recorded handshake.</summary>
    public const int Shortest = 16;

    /// <summary>The secret, or null where none is set.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="path">Path of the settings, for messages.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or the secret is too short.</exception>
    public static byte[]? Load(SecuritySettings settings, string path = "xclassflow.cluster.security")
    {
        if (settings.Secret.Length == 0 && settings.SecretFile.Length == 0)
        {
            return null;
        }

        var text = settings.Secret;
        if (settings.SecretFile.Length > 0)
        {
            try
            {
                text = File.ReadAllText(settings.SecretFile).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"cannot read the secret ({e.Message})", settings.SecretFile, $"set {path}.secret-file to a file that this user may read", e);
            }
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length >= Shortest
            ? bytes
            : throw new UserErrorException($"the secret has {bytes.Length} bytes, fewer than {Shortest}", path, "use a random one, e.g. of: openssl rand -hex 32");
    }
}
