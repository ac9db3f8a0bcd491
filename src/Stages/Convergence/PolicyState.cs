// The state of a policy as JSON, for checkpoints.
using System.Text.Json;
using System.Text.Json.Serialization;
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>Numbers go through exactly, those that are none by name.</summary>
internal static class PolicyState
{
    private static readonly JsonSerializerOptions Options = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static JsonElement Save<T>(T state) => JsonSerializer.SerializeToElement(state, Options);

    /// <exception cref="UserErrorException">It is the state of something else.</exception>
    public static T Restore<T>(JsonElement state, string policy)
    {
        try
        {
            return state.ValueKind == JsonValueKind.Object && state.Deserialize<T>(Options) is { } restored
                ? restored
                : throw new JsonException($"a JSON {state.ValueKind} is no state");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"holds no state of {policy} ({e.Message})", "checkpoint", "resume from another checkpoint, or with the policy that wrote it", e);
        }
    }
}
