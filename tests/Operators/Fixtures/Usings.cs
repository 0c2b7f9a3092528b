global using WindowCount = ActorStreams.WindowResult<string, long>;
