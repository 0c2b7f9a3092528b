using System.Text.Json.Serialization;

namespace FailedLogins;

/// <summary>What the machines of a company report. As JSON, <c>kind</c> says which of the two it is.</summary>
/// <param name="Time">When it happened: the event time.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Login), "login")]
[JsonDerivedType(typeof(Heartbeat), "heartbeat")]
internal abstract record Signal(DateTimeOffset Time);

/// <summary>Somebody tried to log in.</summary>
internal sealed record Login(string Account, bool Succeeded, DateTimeOffset Time) : Signal(Time);

/// <summary>A host says that it is there.</summary>
internal sealed record Heartbeat(string Host, DateTimeOffset Time) : Signal(Time);

/// <summary>Something a human should look at.</summary>
/// <param name="Kind">What was found: <c>three-failures</c> or <c>silence</c>.</param>
/// <param name="Subject">The account or the host.</param>
/// <param name="Since">The first failed login, or the last heartbeat.</param>
/// <param name="Until">When it was certain.</param>
internal sealed record Alert(string Kind, string Subject, DateTimeOffset Since, DateTimeOffset Until)
{
    /// <summary>By time, then by what and who: the order in which alerts are told.</summary>
    public static IComparer<Alert> Order { get; } = Comparer<Alert>.Create((a, b) =>
        (a.Until, a.Since).CompareTo((b.Until, b.Since)) is not 0 and int byTime ? byTime
        : string.CompareOrdinal(a.Kind, b.Kind) is not 0 and int byKind ? byKind
        : string.CompareOrdinal(a.Subject, b.Subject));

    public override string ToString() => Kind == AlertPipeline.Silence
        ? $"{Until:yyyy-MM-ddTHH:mm:ssZ} {Subject} has been silent since {Since:HH:mm:ss}"
        : $"{Until:yyyy-MM-ddTHH:mm:ssZ} {Subject} failed to log in three times from {Since:HH:mm:ss} and has not succeeded since";
}
