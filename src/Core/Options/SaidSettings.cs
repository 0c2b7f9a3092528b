using System.Collections.Immutable;

namespace ActorStreams.Core.Options;

/// <summary>The names of the settings of an options record that code has said. No part of what the record is: two records of the same
/// values are equal, whoever said them.</summary>
internal readonly struct SaidSettings : IEquatable<SaidSettings>
{
    private readonly ImmutableHashSet<string>? _names;

    private SaidSettings(ImmutableHashSet<string> names) => _names = names;

    public bool Contains(string setting) => _names?.Contains(setting) == true;

    public SaidSettings With(string setting) => new((_names ?? []).Add(setting));

    public bool Equals(SaidSettings other) => true;

    public override bool Equals(object? obj) => obj is SaidSettings;

    public override int GetHashCode() => 0;
}
