using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ActorStreams.Connectors.Tests")]
