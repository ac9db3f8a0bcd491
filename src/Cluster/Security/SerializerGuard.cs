// Decides which serializers an actor system has, and seals them.
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace XClassFlow.Cluster.Security;

/// <summary>
/// Replaces every configured serializer under its own name: those that the cluster needs by a <see cref="SealedSerializer"/>, those that make objects from type
/// names by a <see cref="RefusingSerializer"/>. So without the secret nothing gets in: no join, no gossip, no actor message.
/// </summary>
internal static class SerializerGuard
{
    // Newtonsoft JSON, raw bytes, remote deployment, arbitrary protobuf types, and Akka.Delivery: none of them is used.
    private static readonly string[] Refused = ["json", "bytes", "daemon-create", "proto", "reliable-delivery"];

    /// <param name="secret">The shared secret; null: no seals.</param>
    public static SerializationSetup Setup(byte[]? secret)
    {
        // The lane proves the same secret in another way: one key for each use.
        var key = secret is null ? null : HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes("xclassflow control messages 1"));
        return SerializationSetup.Create(system =>
        {
            var details = ImmutableHashSet.CreateBuilder<SerializerDetails>();
            foreach (var (alias, value) in system.Settings.Config.GetConfig("akka.actor.serializers").AsEnumerable())
            {
                details.Add(SerializerDetails.Create(alias, Guard(system, alias, value.GetString(), key), []));
            }

            return details.ToImmutable();
        });
    }

    private static Serializer Guard(ExtendedActorSystem system, string alias, string typeName, byte[]? key)
    {
        var type = Type.GetType(typeName, throwOnError: true)!;
        var settings = system.Settings.Config.GetConfig($"akka.actor.serialization-settings.{alias}");
        var inner = (Serializer)(settings is null || settings.IsEmpty ? Activator.CreateInstance(type, system)! : Activator.CreateInstance(type, system, settings)!);
        return Refused.Contains(alias) ? new RefusingSerializer(system, inner.Identifier, alias) : new SealedSerializer(system, inner, key);
    }
}
